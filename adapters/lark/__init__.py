"""The Lark and Feishu platform."""
