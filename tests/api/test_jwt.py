"""Tokens of a product's own sign-in: which are taken, that a subject is one user, that no other token is anybody's."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api import jwt as our_jwt
from api.jwt import Verifier, read_keys
from darkroom.api_settings import JwtSettings
from tests.api.browsers import close_code, event_socket
from tests.api.processes import Api, running_api
from tests.support import WAIT_SECONDS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Connection

ISSUER, AUDIENCE = "https://id.example", "darkroom"
SECRET = "correct horse battery staple, and some more of it, for long digests"
# Made once: keys take their time.
RSA_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def claims(**changes: Any) -> dict[str, Any]:
    """What a good token says; what is changed to None is left out."""
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": "user 7", "exp": time.time() + 300, "iat": time.time()}
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(key: Any = SECRET, algorithm: str = "HS256", kid: str | None = None, **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm, headers={"kid": kid} if kid else None)


def unsigned(**changes: Any) -> str:
    return jwt.encode(claims(**changes), "", "none")


def public(key: Any, kid: str, algorithm: str = "RS256") -> dict[str, Any]:
    """What a key set holds of a private key."""
    listed: dict[str, Any] = json.loads(jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key()))
    return listed | {"kid": kid}


@pytest.fixture(scope="module")
def api(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(
        shared_database,
        tmp_path_factory.mktemp("api"),
        jwt_secret=SECRET,
        jwt_issuer=ISSUER,
        jwt_audience=AUDIENCE,
    ) as running:
        yield running


def me(api: Api, shown: str) -> httpx.Response:
    return httpx.get(f"{api.url}/v1/me", headers={"Authorization": f"Bearer {shown}"})


def test_a_subject_is_a_user_from_first_sight_on(api: Api) -> None:
    first, again, other = me(api, token()), me(api, token(exp=time.time() + 60)), me(api, token(sub="user 8"))

    assert first.status_code == again.status_code == other.status_code == 200
    assert first.json()["id"] == again.json()["id"] != other.json()["id"]
    assert first.json()["credits"] == 0
    assert first.json()["name"] == "subject user 7"


def test_a_token_opens_what_a_key_opens(api: Api, admin_db: Connection) -> None:
    shown = token(sub="painter")
    user = me(api, shown).json()["id"]
    admin_db.execute("select darkroom.grant_credits(%s, 5, 'payment 1')", (user,))
    headers = {"Authorization": f"Bearer {shown}"}

    made = httpx.post(f"{api.url}/v1/generations", json={"prompt": "a cat"}, headers=headers)
    assert made.status_code == 202
    with event_socket(api.url, api.url, headers) as socket:
        assert '"hello"' in str(socket.recv(timeout=WAIT_SECONDS_MAX))
        admin_db.execute("select darkroom.disable_user(%s)", (user,))
        assert close_code(socket) == 4401
    assert me(api, shown).status_code == 401


def test_a_socket_ends_with_the_token_that_opened_it(shared_database: str, tmp_path: Path) -> None:
    hurried = {"api.jwt.LEEWAY_SECONDS": 0.0, "api.relay.TEND_SECONDS": 0.1}
    settings = {"jwt_secret": SECRET, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    with running_api(shared_database, tmp_path, hurried, **settings) as brief:
        shown = token(exp=time.time() + 6)
        with event_socket(brief.url, brief.url, {"Authorization": f"Bearer {shown}"}) as socket:
            assert '"hello"' in str(socket.recv(timeout=WAIT_SECONDS_MAX))
            assert close_code(socket) == 4401


def test_a_token_signs_no_browser_in(api: Api) -> None:
    """It ends by itself, which a session would not."""
    answer = httpx.post(f"{api.url}/v1/session", json={"api_key": token()}, headers={"Origin": api.url})
    assert answer.status_code == 401


BAD: dict[str, Any] = {
    "of another secret": lambda: token("another secret that is long enough to be one"),
    "unsigned": unsigned,
    "of another algorithm": lambda: token(algorithm="HS512"),
    "of another issuer": lambda: token(iss="https://other.example"),
    "for somebody else": lambda: token(aud="lightroom"),
    "expired": lambda: token(exp=time.time() - 60),
    "not yet valid": lambda: token(nbf=time.time() + 600),
    "endless": lambda: token(exp=None),
    "as good as endless": lambda: token(exp=1e20),
    "until a text": lambda: token(exp=str(int(time.time()) + 300)),
    "of nobody": lambda: token(iss=None),
    "for nobody": lambda: token(aud=None),
    "about nobody": lambda: token(sub=None),
    "about an empty subject": lambda: token(sub=""),
    "about a number": lambda: jwt.encode(claims(sub=None) | {"sub": 7}, SECRET, "HS256"),
    "about a long subject": lambda: token(sub="x" * 256),
    "about a line break": lambda: token(sub="a\nb"),
    "tampered with": lambda: token()[:-4] + "AAAA",
    "of changed claims": lambda: _with_claims(token(), claims(sub="admin")),
    "very long": lambda: token(padding="x" * 10_000),
    "no token": lambda: "a.b.c",
    "of one part": lambda: "nonsense",
}


def _with_claims(text: str, changed: dict[str, Any]) -> str:
    head, _, signature = text.split(".")
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip('=')}.{signature}"


@pytest.mark.parametrize("what", BAD)
def test_a_token_that_is_not_good_is_nobodys_and_says_no_more_than_a_key(
    api: Api, admin_db: Connection, what: str
) -> None:
    users = admin_db.execute("select count(*) from darkroom.users").fetchone()
    answer, unknown = me(api, BAD[what]()), me(api, "dk_unknown")

    assert answer.status_code == 401
    assert answer.json() | {"instance": ""} == unknown.json() | {"instance": ""}
    assert admin_db.execute("select count(*) from darkroom.users").fetchone() == users


def test_without_the_settings_no_token_is_anybodys(shared_database: str, tmp_path: Path) -> None:
    with running_api(shared_database, tmp_path) as plain:
        assert me(plain, token()).status_code == 401


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def write(keys: Path, *listed: dict[str, Any]) -> Verifier:
    keys.write_text(json.dumps({"keys": listed}))
    return Verifier(JwtSettings(ISSUER, AUDIENCE, jwks=keys))


@pytest.mark.parametrize(("key", "algorithm"), [(RSA_KEY, "RS256"), (EC_KEY, "ES256"), (ED_KEY, "EdDSA")])
def test_public_keys_verify_what_goes_with_their_kind(keys: Path, key: Any, algorithm: str) -> None:
    verifier = write(keys, public(key, "one", algorithm), public(OTHER_RSA_KEY, "two"))

    assert subject_of(verifier, token(key, algorithm, "one")) == "user 7"
    assert subject_of(verifier, token(key, algorithm, "two")) is None
    assert subject_of(verifier, token(key, algorithm, "three")) is None
    assert subject_of(verifier, token(key, algorithm)) is None  # which of two?


def subject_of(verifier: Verifier, shown: str) -> str | None:
    verified = verifier.verify(shown)
    return None if verified is None else verified.subject


def test_a_single_key_needs_no_name(keys: Path) -> None:
    assert subject_of(write(keys, public(RSA_KEY, "one")), token(RSA_KEY, "RS256")) == "user 7"


def test_a_public_key_is_no_shared_secret(keys: Path) -> None:
    """The oldest trick: a token signed with the text of the public key, as if that were a secret."""
    verifier = write(keys, public(RSA_KEY, "one"))
    pem = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    forged = _signed_with(pem, {"alg": "HS256", "typ": "JWT", "kid": "one"})

    assert subject_of(verifier, forged) is None
    assert subject_of(verifier, unsigned()) is None


def _signed_with(secret: bytes, head: dict[str, str]) -> str:
    import hashlib
    import hmac

    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (head, claims())]
    signature = hmac.new(secret, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def test_keys_are_changed_without_a_restart(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(our_jwt, "LOOK_AGAIN_SECONDS", 0.0)
    verifier = write(keys, public(RSA_KEY, "one"))
    assert subject_of(verifier, token(RSA_KEY, "RS256", "one")) == "user 7"

    write(keys, public(OTHER_RSA_KEY, "two"))
    assert subject_of(verifier, token(OTHER_RSA_KEY, "RS256", "two")) == "user 7"
    assert subject_of(verifier, token(RSA_KEY, "RS256", "one")) is None

    keys.write_text("half of")
    assert subject_of(verifier, token(OTHER_RSA_KEY, "RS256", "two")) == "user 7"
    keys.unlink()
    assert subject_of(verifier, token(OTHER_RSA_KEY, "RS256", "two")) == "user 7"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"keys": []}', '{"keys": [7]}', '{"keys": [{"kty": "RSA"}]}'])
def test_a_file_without_keys_is_refused_at_start(
    shared_database: str, keys: Path, tmp_path: Path, content: str
) -> None:
    keys.write_text(content)
    with pytest.raises(ValueError, match="it "):
        read_keys(keys)
    if content == "{}":
        settings: dict[str, Any] = {"jwt_jwks": str(keys), "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
        with (
            pytest.raises(AssertionError, match="DARKROOM_JWT_JWKS"),
            running_api(shared_database, tmp_path, **settings),
        ):
            pytest.fail("it started")


def test_secrets_among_the_keys_are_passed_over(keys: Path) -> None:
    secret = {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode(), "kid": "one"}
    assert subject_of(write(keys, secret, public(RSA_KEY, "two")), token("x" * 32, kid="one")) is None
