"""The Python half of mcpbox-run.

Imported once in the root zygote, frozen into the program, run in the jail:

policy    the one table of the language policy
facade    what a tool gets when it imports an approved module
check     reads a tool without running it: findings, schema
schema    annotations to JSON Schema
docstring descriptions from a docstring
encode    what main returned, as JSON
loop      drives main: by hand, or on an event loop without descriptors
api       the names a tool is given: http, mcp, secrets
output    print() as frames
call      runs a tool
entry     what the C half calls
"""
