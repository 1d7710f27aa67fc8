"""Names and telephones with their middle hidden, for those who need not reach the person."""

from __future__ import annotations


def mask_name(name: str | None) -> str:
    """``王小明`` → ``王**``."""
    return name[0] + "*" * (len(name) - 1 or 1) if name else ""


def mask_phone(phone: str | None) -> str:
    """``13812345678`` → ``138****5678``; a short one keeps its last two digits."""
    if not phone:
        return ""
    if len(phone) < 10:
        return "*" * (len(phone) - 2) + phone[-2:]
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]
