"""The local platform: a small chat with a page, behaving like Slack or Lark do."""
