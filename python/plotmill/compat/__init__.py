"""Interfaces of other programs, for scripts that were written for them."""
