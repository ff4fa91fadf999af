"""People whom an issuer of identities knows: OpenID Connect, for bearer tokens and for the page.

issuer    what the issuer publishes: its addresses and keys, asked for rarely and within 5 s
verifying whether a token is what it says: signature, issuer, audience and moments
people    who somebody is, and what their groups may do
code_flow one sign-in by authorization code with PKCE
"""
