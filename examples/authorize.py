#!/usr/bin/env python3
"""Asks libtipstaff for decisions through ctypes: authorize.py [libtipstaff.so.0]"""
import ctypes
import json
import sys
from ctypes import POINTER, Structure, byref, c_char, c_char_p, c_int, c_size_t, c_uint32, c_void_p


class Text(Structure):
    _fields_ = [("ptr", c_char_p), ("len", c_size_t)]

    @classmethod
    def of(cls, text):
        data = text.encode()
        return cls(data, len(data))

    def __str__(self):
        return ctypes.string_at(self.ptr, self.len).decode()


class Error(Structure):
    _fields_ = [("size", c_size_t), ("code", c_int), ("line", c_uint32), ("column", c_uint32), ("caret", c_uint32),
                ("source", c_char * 128), ("excerpt", c_char * 128), ("sentence", c_char * 256)]


class ParseOptions(Structure):
    _fields_ = [("size", c_size_t), ("name", Text), ("format", c_int), ("schema", c_void_p), ("id_prefix", Text),
                ("links", c_void_p), ("link_count", c_size_t)]


class Request(Structure):
    _fields_ = [("size", c_size_t), ("principal_type", Text), ("principal_id", Text), ("action_type", Text),
                ("action_id", Text), ("resource_type", Text), ("resource_id", Text), ("context", Text),
                ("schema", c_void_p), ("flags", c_uint32), ("reserved", c_uint32)]


class World(Structure):
    """Several policy sets as if they were one, and stores of entities, looked up in order."""
    _fields_ = [("size", c_size_t), ("sets", POINTER(c_void_p)), ("set_count", c_size_t), ("stores", POINTER(c_void_p)),
                ("store_count", c_size_t)]


class Difference(Structure):
    _fields_ = [("size", c_size_t), ("id", Text), ("sentence", Text), ("is_unknown", c_int), ("is_of_permit", c_int)]


class Example(Structure):
    _fields_ = [("size", c_size_t), ("principal_type", Text), ("principal_id", Text), ("action_type", Text),
                ("action_id", Text), ("resource_type", Text), ("resource_id", Text), ("context", Text), ("entities", Text)]


class Refused(Exception):
    pass


lib = ctypes.CDLL(sys.argv[1] if len(sys.argv) > 1 else "libtipstaff.so.0")
lib.tip_version.restype = c_char_p
for parse in (lib.tip_policyset_parse, lib.tip_entities_parse_json):
    parse.argtypes = [c_char_p, c_size_t, POINTER(ParseOptions), POINTER(c_void_p), POINTER(Error)]
lib.tip_authorize_world.argtypes = [POINTER(World), POINTER(Request), POINTER(c_void_p), POINTER(Error)]
lib.tip_result_decision.argtypes = [c_void_p]
lib.tip_result_reason_count.argtypes = [c_void_p]
lib.tip_result_reason_count.restype = c_size_t
lib.tip_result_reason.argtypes = [c_void_p, c_size_t]
lib.tip_result_reason.restype = Text
lib.tip_compare.argtypes = [c_void_p, c_void_p, c_void_p, POINTER(c_void_p), POINTER(Error)]
lib.tip_comparison_count.argtypes = [c_void_p]
lib.tip_comparison_count.restype = c_size_t
lib.tip_comparison_difference.argtypes = [c_void_p, c_size_t, POINTER(Difference)]
lib.tip_comparison_example.argtypes = [c_void_p, c_size_t, POINTER(Example)]
for free in (lib.tip_policyset_free, lib.tip_entities_free, lib.tip_result_free, lib.tip_comparison_free):
    free.argtypes = [c_void_p]
    free.restype = None


def call(function, *arguments):
    handle, error = c_void_p(), Error(size=ctypes.sizeof(Error))
    if function(*arguments, byref(handle), byref(error)):
        raise Refused(f"{error.source.decode()}:{error.line}:{error.column}: {error.sentence.decode()}")
    return handle


def parse(function, text, name):
    data = text.encode()
    return call(function, data, len(data), ParseOptions(size=ctypes.sizeof(ParseOptions), name=Text.of(name)))


def handles(*some):
    return (c_void_p * len(some))(*(one.value for one in some))


def authorize(policies, entities, principal, action, resource, context):
    names = [Text.of(part) for uid in (principal, action, resource) for part in uid]
    request = Request(ctypes.sizeof(Request), *names, Text.of(json.dumps(context)))
    world = World(ctypes.sizeof(World), handles(*policies), len(policies), handles(*entities), len(entities))
    result = call(lib.tip_authorize_world, world, request)
    try:
        reasons = [str(lib.tip_result_reason(result, i)) for i in range(lib.tip_result_reason_count(result))]
        return bool(lib.tip_result_decision(result)), reasons
    finally:
        lib.tip_result_free(result)


def new_allows(old, new):
    """What the new policies allow and the old ones deny: the policy at work, and the context of a request, or why not known."""
    comparison = call(lib.tip_compare, new, old, None)
    try:
        for i in range(lib.tip_comparison_count(comparison)):
            difference, example = Difference(ctypes.sizeof(Difference)), Example(ctypes.sizeof(Example))
            lib.tip_comparison_difference(comparison, i, byref(difference))
            known = not difference.is_unknown and lib.tip_comparison_example(comparison, i, byref(example)) == 0
            yield str(difference.id), str(example.context if known else difference.sentence)
    finally:
        lib.tip_comparison_free(comparison)


def main():
    policies = parse(lib.tip_policyset_parse, """
        permit (principal in Team::"support", action == Action::"read", resource)
        when { context.purpose == "ticket" };
    """, "example.cedar")
    house = parse(lib.tip_policyset_parse, """
        forbid (principal, action, resource) when { context.purpose == "curiosity" };
    """, "house.cedar")
    entities = parse(lib.tip_entities_parse_json, json.dumps([
        {"uid": {"type": "Agent", "id": "bot"}, "attrs": {}, "parents": [{"type": "Team", "id": "support"}]},
    ]), "entities")
    for purpose in ("ticket", "curiosity"):
        allowed, reasons = authorize([policies, house], [entities], ("Agent", "bot"), ("Action", "read"), ("File", "faq"),
                                     {"purpose": purpose})
        print(f"{purpose}: {'allow' if allowed else 'deny'}", *(f"by {reason}" for reason in reasons))
    wider = parse(lib.tip_policyset_parse, """
        permit (principal in Team::"support", action == Action::"read", resource)
        when { context.purpose == "ticket" || context.purpose == "audit" };
    """, "wider.cedar")
    for policy, context in new_allows(policies, wider):
        print(f"wider.cedar: {policy} newly allows {context}")
    lib.tip_policyset_free(wider)
    lib.tip_entities_free(entities)
    lib.tip_policyset_free(house)
    lib.tip_policyset_free(policies)
    try:
        parse(lib.tip_policyset_parse, "permit (principal, action resource);", "broken.cedar")
    except Refused as refused:
        print(refused)


main()
