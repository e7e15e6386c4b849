"""Answering a mail: a small page, behind signed links, on which one person does one thing with one flag."""
