"""Generators on this machine: the embedded painter, pipelines, programs, functions, folders of images."""
