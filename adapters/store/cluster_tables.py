"""The tables of linked reports; the rules of `tables` hold."""

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from adapters.store.tables import metadata

report = Table(
    "report",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("conversation", Text, nullable=False, unique=True),
    Column("scope", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("cluster_id", Text),
    Column("body", Text, nullable=False),
)
Index("report_scope", report.c.scope, report.c.at)
Index("report_newest", report.c.scope, report.c.seq)
Index("report_cluster", report.c.cluster_id, report.c.at)

cluster = Table(
    "cluster",
    metadata,
    Column("id", Text, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
