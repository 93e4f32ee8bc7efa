"""HTTP/2, by the h2 library."""

import json

import h2.config
import h2.connection
import h2.events


def serve(server, conn, number, to, peer):
    import web

    c = h2.connection.H2Connection(config=h2.config.H2Configuration(client_side=False))
    c.initiate_connection()
    conn.sendall(c.data_to_send())
    while True:
        data = conn.recv(65536)
        if not data:
            return
        for e in c.receive_data(data):
            if isinstance(e, h2.events.RequestReceived):
                r = web.Request(conn, number, to, peer)
                pairs = [(k.decode() if isinstance(k, bytes) else k,
                          v.decode() if isinstance(v, bytes) else v) for k, v in e.headers]
                d = dict(pairs)
                r.method, r.path, r.version = d[":method"], d[":path"], "HTTP/2"
                r.headers = pairs
                server.requests.append(r)
                answer(c, e.stream_id, r)
        out = c.data_to_send()
        if out:
            conn.sendall(out)


def answer(c, stream, r):
    if r.path == "/h2-reset":
        c.reset_stream(stream, 2)
        return
    if r.path == "/h2-headers":
        c.send_headers(stream, [(":status", "200")] + [(f"h{i}", "v") for i in range(150)],
                       end_stream=True)
        return
    body = json.dumps({"method": r.method, "path": r.path, "headers": r.headers}).encode()
    c.send_headers(stream, [(":status", "200"), ("content-length", str(len(body))),
                            ("x-connection", str(r.number))])
    c.send_data(stream, body, end_stream=True)
