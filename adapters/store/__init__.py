"""The SQL store: SQLAlchemy Core tables behind the storage ports."""
