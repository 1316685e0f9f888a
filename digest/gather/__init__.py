"""Feeds in: fetching, parsing, full text, OPML. The only home of aiohttp and feedparser."""
