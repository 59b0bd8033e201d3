"""The ports: what the core needs from the world, in the core's words.

Adapters fit a port by shape; mypy checks the fit where `app` puts them in place. Every method may raise the errors of
`vigil_bot.errors`, a TransientError meaning that the same call may be made again. Times are UTC epoch seconds.
"""
