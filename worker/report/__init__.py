"""The same figures for downstream programs and for strangers: status, exports, the page."""
