"""Money: bills, payments at the counter and through a provider, notifications, refunds, reconciliation. Amounts are piastres."""
