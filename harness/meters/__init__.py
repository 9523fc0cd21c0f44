"""One file an instrument; each reads one thing and says why where it cannot."""
