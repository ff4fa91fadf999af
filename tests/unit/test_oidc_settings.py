"""Settings of an issuer of identities: what is taken, and which field is at fault."""

import pytest

from cluster.spec import Environment
from workflows.access import Grant, Permission
from workflows.groups import BadGroups, group_roles
from workflows.process.settings import BadSetting, Settings
from workflows.roles import Role, spelled_out

GROUPS = "groups:\n  - group: ops\n    roles: [operator]\n"
PREFIX = "CLUSTERWRIGHT_OIDC_"


@pytest.fixture
def configure(monkeypatch, tmp_path):
    """Return a function that sets the settings named, and reads them all."""
    monkeypatch.setenv("CLUSTERWRIGHT_DATA", str(tmp_path))
    (tmp_path / "oidc-groups.yaml").write_text(GROUPS)

    def configure(groups=None, **settings):
        if groups is not None:
            (tmp_path / "oidc-groups.yaml").write_text(groups)
        for name, value in settings.items():
            monkeypatch.setenv(PREFIX + name, value)
        return Settings.from_env().oidc

    return configure


ISSUER = {"ISSUER": "https://id.example/realms/ops", "AUDIENCE": "clusterwright"}


def test_without_an_issuer_nobodys_identities_are_believed(configure):
    assert configure() is None


def test_issuer_audience_and_groups_are_enough(configure):
    found = configure(**ISSUER)

    assert (found.issuer, found.audience) == (ISSUER["ISSUER"], "clusterwright")
    assert (found.client_id, found.client_secret(), found.groups_claim) == ("", "", "groups")
    assert found.roles.grants(["ops"]) == spelled_out([Role.OPERATOR])


def test_without_an_audience_the_client_is_the_audience(configure):
    assert configure(ISSUER="https://id.example", CLIENT_ID="page").audience == "page"


def test_the_clients_secret_stands_in_a_file_that_its_owner_alone_reads(configure, tmp_path):
    file = tmp_path / "oidc-client-secret"
    file.write_text("s3cret\n")
    file.chmod(0o600)

    found = configure(**ISSUER, CLIENT_ID="page")

    assert found.client_secret() == "s3cret"
    assert "s3cret" not in repr(found)


def test_a_secret_that_others_can_read_is_refused(configure, tmp_path):
    file = tmp_path / "oidc-client-secret"
    file.write_text("s3cret\n")
    file.chmod(0o640)

    with pytest.raises(BadSetting, match=r"its mode is 640.*chmod 600"):
        configure(**ISSUER, CLIENT_ID="page")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"CLIENT_ID": "page"}, "without an issuer"),
        ({"AUDIENCE": "api"}, "without an issuer"),
        ({"ISSUER": "https://id.example"}, "without an audience"),
        ({**ISSUER, "ISSUER": "http://id.example"}, "begins with https://"),
        ({**ISSUER, "ISSUER": "id.example"}, "begins with https://"),
        ({**ISSUER, "ISSUER": "https://user@id.example"}, "begins with https://"),
        ({**ISSUER, "ISSUER": "https://id.example?x=1"}, "begins with https://"),
        ({**ISSUER, "ISSUER": "https://[id"}, "begins with https://"),
        ({**ISSUER, "GROUPS_CLAIM": "two words"}, "GROUPS_CLAIM"),
    ],
)
def test_a_setting_that_means_nothing_is_refused_by_its_name(configure, settings, why):
    with pytest.raises(BadSetting, match=why) as refused:
        configure(**settings)
    assert str(refused.value).startswith("cannot use CLUSTERWRIGHT_OIDC_")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000", "http://localhost", "http://[::1]:9000/realm"]
)
def test_plain_http_is_for_loopback_alone(configure, url):
    assert configure(ISSUER=url, AUDIENCE="api").issuer == url


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("groups: [", "line 1"),
        ("", "the file: "),
        ("[]", "the file: "),
        ("groups: []", "groups: "),
        ("teams: []", "groups: Missing data"),
        ("groups: [{group: ops}]", "groups.0.roles: Missing data"),
        ("groups: [{group: ops, roles: []}]", "groups.0.roles: "),
        ("groups: [{group: ops, roles: [boss]}]", "groups.0.roles.0: Must be one of"),
        ("groups: [{group: ops, roles: [viewer], role: x}]", "groups.0.role: Unknown"),
        ("groups: [{group: ops, roles: [viewer], clusters: 'A b'}]", "groups.0.clusters: "),
        ("groups: [{group: ops, roles: [viewer], environments: [x]}]", "groups.0.environments.0"),
        ("groups: [{group: '', roles: [viewer]}]", "groups.0.group: "),
    ],
)
def test_a_groups_file_with_a_fault_is_refused_by_its_field(configure, text, why):
    with pytest.raises(BadSetting) as refused:
        configure(text, **ISSUER)

    assert why in str(refused.value)
    assert "oidc-groups.yaml" in str(refused.value)


def test_a_missing_groups_file_is_told_with_the_page_that_has_one(configure, tmp_path):
    (tmp_path / "oidc-groups.yaml").unlink()

    with pytest.raises(BadSetting, match=r"there is no file .*oidc-groups.yaml"):
        configure(**ISSUER)


def test_groups_add_up_and_each_holds_where_it_says():
    roles = group_roles(
        {
            "groups": [
                {"group": "a", "roles": ["viewer"]},
                {"group": "b", "roles": ["approver"], "clusters": "x-*", "environments": ["dev"]},
                {"group": "a", "roles": ["viewer"]},
            ]
        }
    )

    assert roles.known(["b", "a", "c"]) == ("a", "b")
    assert roles.grants(["c"]) == ()
    assert roles.grants(["a", "b"]) == (
        Grant(Permission.READ),
        Grant(Permission.APPROVE, "x-*", frozenset({Environment.DEV})),
    )


def test_the_document_is_refused_as_a_whole():
    with pytest.raises(BadGroups, match=r"groups\.1\.roles"):
        group_roles({"groups": [{"group": "a", "roles": ["viewer"]}, {"group": "b"}]})
