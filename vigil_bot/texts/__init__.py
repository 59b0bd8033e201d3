"""Everything fixed that people read, in their language. Standard library only: everybody may import it.

How to use it. A text is written in English where it is needed, and stays a `str` that can be passed on and compared:

    Text("I know nothing about it.")
    Text("There is no command `{name}`.", name=name)
    plural("{count} entry waits for a person", "{count} entries wait for a person", count=len(items))
    Moment(case.changed_at)                                a time; also as a value in a Text

    BELOW = message("score {score} is below {needed}")     a constant; later Text(BELOW, score=..., needed=...)

A value may be a Text itself. `listed([...])` gives "a, b, c" and `sentences([...])` sets sentences one after the other.
An f-string, `+`, `join` or a cut gives an ordinary `str` again, which is English for ever: put the pieces into one Text.

Who knows the reader says it, once, to whatever holds texts (a card, a view's JSON, a tuple):

    said(card, Reader(language="zh", zone="Asia/Shanghai"))

That is done in `OutcomeBuilder.outcome` for what goes into a thread, in `Commands.run` for the answer to a command, in the
adapters for their own forms and notes, in `console` for the page. What is not said is English, and so is a text without
a translation.

What is stored (a receipt's note) is stored in English; `recognised(note, messages)` makes a Text of it again.

The translations stand in `zh.po`; `scripts/texts` brings it up to date with the sources and makes `zh.mo`, which is read.
"""
