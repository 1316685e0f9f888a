"""Subscribing and preferences: what a link or a reply may do for whom."""
