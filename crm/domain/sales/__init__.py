"""Opportunities, quotes, orders, receipts, receivables, targets, and the approval of documents (03-sales)."""
