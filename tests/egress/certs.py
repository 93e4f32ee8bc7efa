"""A certificate authority of our own, and certificates that are not good."""

import os
import ssl
import subprocess
import warnings

CA_CONF = """
[ca]
default_ca = d
[d]
database = {dir}/index
serial = {dir}/serial
new_certs_dir = {dir}
default_md = sha256
policy = p
unique_subject = no
copy_extensions = copy
[p]
commonName = supplied
"""


def openssl(*argv):
    done = subprocess.run(["openssl", *argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    assert done.returncode == 0, f"openssl {' '.join(argv)}: {done.stdout}"


class Authority:
    def __init__(self, folder, name):
        self.dir = os.path.join(folder, name)
        os.mkdir(self.dir)
        os.chmod(self.dir, 0o755)
        self.cert = os.path.join(self.dir, "ca.pem")
        self.key = os.path.join(self.dir, "ca.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "3650", "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.cert)
        for file, text in (("index", ""), ("serial", "1000"),
                           ("conf", CA_CONF.format(dir=self.dir))):
            with open(os.path.join(self.dir, file), "w", encoding="ascii") as f:
                f.write(text)

    def issue(self, name, names, start="20200101000000Z", end="20490101000000Z"):
        base = os.path.join(self.dir, name)
        san = ",".join(("IP:" if n[0].isdigit() or ":" in n else "DNS:") + n for n in names)
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={name}", "-addext", f"subjectAltName={san}",
                "-keyout", base + ".key", "-out", base + ".csr")
        openssl("ca", "-batch", "-config", os.path.join(self.dir, "conf"), "-cert", self.cert,
                "-keyfile", self.key, "-startdate", start, "-enddate", end, "-notext",
                "-in", base + ".csr", "-out", base + ".pem")
        return base + ".pem", base + ".key"


def self_signed(folder, name):
    base = os.path.join(folder, name)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "3650", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
            "-keyout", base + ".key", "-out", base + ".pem")
    return base + ".pem", base + ".key"


def context(cert, key, alpn=("http/1.1",), least=None, most=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(cert, key)
    c.set_alpn_protocols(list(alpn))
    if most is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            c.minimum_version, c.maximum_version = least, most
        c.set_ciphers("ALL:@SECLEVEL=0")
    return c
