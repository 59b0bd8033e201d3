"""What the fake Lark is made of; tests.servers.lark puts it together."""
