"""Printing of documents by templates that a firm can change (A-11 to A-13).

A template is HTML with names in double braces. It is read by `grammar`, which knows names, sections and well-formed
tags and nothing else; filled with texts by `rendering`, which stops at a size; and what comes out passes `cleaning`.
"""
