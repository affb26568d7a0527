"""The platform key in a hardware security module, reached by PKCS#11 (docs/decisions/0017)."""
