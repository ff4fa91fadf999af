"""The page on kubeconfigs says what the code does."""

from pages import read, rows, section

from cli import cmd_kubeconfig
from cluster.credentials import (
    LEAST_MINUTES,
    MOST_MINUTES,
    ROLES,
    USUAL_MINUTES,
    group_of,
)
from deploy_scripts.microk8s.client_certificates import binding_of
from workflows.kinds import KINDS

PAGE = read("docs/how-to/kubeconfig.md")


def test_its_roles_are_those_of_the_code_and_of_the_command_line():
    assert [cells[0].strip("`") for cells in rows(section(PAGE, "## Roles"))] == list(ROLES)
    assert cmd_kubeconfig.ROLES == ROLES


def test_its_times_are_those_of_the_code_and_of_the_command_line():
    least, usual, most = LEAST_MINUTES, USUAL_MINUTES, MOST_MINUTES
    told = cmd_kubeconfig
    assert (least, usual, most) == (told.LEAST_MINUTES, told.USUAL_MINUTES, told.MOST_MINUTES)
    assert f"`--minutes` is {usual} where nothing is said; {least} at least, {most} at most" in PAGE


def test_its_group_and_binding_are_those_of_the_code():
    assert f"`{group_of('view')}`" in PAGE
    assert f"`{binding_of('view')}`" in PAGE


def test_its_permissions_are_those_of_the_code():
    kind = KINDS["issue-kubeconfig"]

    assert kind.milder is not None
    assert f"any other role it needs the permission `{kind.permission}`" in PAGE
    assert kind.milder.values == ("view",)
    assert f"the role `view` the change needs the permission `{kind.milder.permission}`" in PAGE
