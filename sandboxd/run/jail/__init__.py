"""The Python half of mcpbox-run.

Imported once in the root zygote, frozen into the program, run in the jail:

policy    the one table of the language policy
facade    what a tool gets when it imports an approved module
lint      the policy's rules on a syntax tree: findings with positions
seal      closes the interpreter's structures to names made at run time
check     reads a tool without running it: findings, schema
schema    annotations to JSON Schema
docstring descriptions from a docstring
encode    what main returned, as JSON
loop      drives main: by hand, or on an event loop without descriptors
api       the names a tool is given: mcp, secrets
content   the content blocks of mcp.text() and the like
http_api  the name http: http_client (requests), http_request, http_body (what
          is asked), http_response (what is answered), http_url, http_headers,
          http_cookies, http_codes, http_errors; http_line carries it out
output    print() as frames
call      runs a tool
entry     what the C half calls
"""
