"""The stages of an audit, one file each, in the order that `dlaudit.audit` calls them."""
