"""Conformance: does a host, anybody's, do what docs/hosts and its OpenAPI document say? Asked from outside, and signed.

Nothing here knows how a host is made: it knows the calls. It works on records of its own, which it erases at the end.
The clock, and the way to start the host again, are given by who calls.

    kit        all checks, one after the other       report     what was found, signed and read again
    check      what a check is                       client     the line to the host
    tokens     orders, signed right and wrong        orders     the calls          chains   invented entries and bodies
    function, order, integrity, collection, erase, refusal, malformed, copies, oversight, durability, speed: the checks
"""
