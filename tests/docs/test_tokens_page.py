"""docs/how-to/tokens.md: the table of roles is that of the code."""

from pages import read, rows, section

from cluster.spec import Environment
from workflows.access import Permission, Principal, allowed
from workflows.roles import Role, spelled_out

PAGE = read("docs/how-to/tokens.md")


def may(role, environment):
    by = Principal(grants=spelled_out([role]))
    return [
        f"`{need}`"
        for need in Permission
        if allowed(by, need, cluster="any", environment=environment)
    ]


def test_the_table_of_roles_is_what_the_code_says():
    documented = {
        role.strip("`"): (elsewhere, prod)
        for role, elsewhere, prod, _ in rows(section(PAGE, "## Which role"))
    }

    told = {}
    for role in Role:
        dev, staging, prod = (", ".join(may(role, each)) for each in Environment)
        assert dev == staging
        told[str(role)] = (dev, prod)
    assert documented == told
