"""The extra ``ray``, on real nodes (``make test-ray``)."""
