"""Why nobody is signed in by an issuer of identities. Imports nothing that only it needs."""


class IssuerSilent(Exception):
    """The issuer does not answer, or not as OpenID Connect has it."""


class IssuerRefuses(Exception):
    """The issuer answers, and does not take a code, or the client that shows it."""


class NotBelieved(Exception):
    """A token that is not what it should be; the message is fit for whoever sent it."""


class SignInRefused(Exception):
    """A sign-in that cannot go on; the message is fit for whoever tries."""
