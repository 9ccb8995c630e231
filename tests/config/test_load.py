import pytest

from trunkline.config import ConfigError, Grant, Route, load_settings, settings_for

MESH = """\
    mesh: campus
    environment: staging
    settings: {tracing: {sample_ratio: 0.5}, log: {one_in: 7, level: warning}}
    backbone: {address: "127.0.0.1:1", settings: {log: {level: debug}}}
    components:
      accounts:
        address: 127.0.0.1:2
        services: [x.Accounts]
        database: sqlite:///{data_dir}/accounts.db
        settings: {log: {level: error}}
      progress:
        addresses: [127.0.0.1:3, 127.0.0.1:4]
        listen: null
        services: [x.Progress]
        needs: [accounts]
      journey: {needs: [progress]}
"""


ACCESS = """\
roles: {clerk: {scopes: [a.read]}}
components: {accounts: {scopes: [b.read], roles: [clerk]}}
users: {ann: {roles: [clerk]}}
"""


def test_a_component_learns_its_place_from_the_file(written, tmp_path):
    settings = settings_for(written.load(MESH), "accounts")
    folder = tmp_path.resolve() / ".trunkline"
    assert (settings.component, settings.mesh, settings.environment) == ("accounts", "campus", "staging")
    assert settings.file == written.path
    assert settings.listen == "127.0.0.1:2"
    assert settings.services == ("x.Accounts",)
    assert settings.data_dir == folder
    assert settings.database == f"sqlite:///{folder}/accounts.db"
    assert settings.secret_file == folder / "secrets" / "accounts"
    assert settings.secrets_dir is None
    assert settings.backbone == "127.0.0.1:1"
    assert settings.grants == {}


def test_routes_lead_to_every_instance_by_service_and_by_component(written):
    settings = settings_for(written.load(MESH), "journey")
    assert settings.routes == {
        "trunkline.api.identity.v1.IdentityService": Route(component="backbone", endpoints=("127.0.0.1:1",)),
        "trunkline.api.identity.v1.IdentityAdminService": Route(component="backbone", endpoints=("127.0.0.1:1",)),
        "x.Accounts": Route(component="accounts", endpoints=("127.0.0.1:2",)),
        "x.Progress": Route(component="progress", endpoints=("127.0.0.1:3", "127.0.0.1:4")),
    }
    assert settings.components["progress"] == ("127.0.0.1:3", "127.0.0.1:4")
    assert settings.listen is None
    assert settings.needs == ("progress",)


def test_the_backbone_knows_all_secrets_and_grants(written, tmp_path):
    (tmp_path / "access.yaml").write_text(ACCESS)
    settings = settings_for(written.load(MESH), "backbone")
    assert settings.listen == "127.0.0.1:1"
    assert settings.secrets_dir == tmp_path.resolve() / ".trunkline" / "secrets"
    assert settings.secret_file is None
    assert settings.grants["accounts"] == Grant(scopes=("a.read", "b.read"), roles=("clerk",))
    assert settings.grants["journey"] == settings.grants["progress"] == Grant()
    assert settings.users == {"ann": Grant(scopes=("a.read",), roles=("clerk",))}


def test_each_instance_listens_on_its_own_address(written):
    mesh = written.load(MESH)
    assert [settings_for(mesh, "progress", index).listen for index in (0, 1)] == ["127.0.0.1:3", "127.0.0.1:4"]


def test_a_component_may_listen_elsewhere_than_it_is_reached(written):
    settings = settings_for(
        written.load(MESH.replace("services: [x.Acc", "listen: 0.0.0.0:2\n        services: [x.Acc")), "accounts"
    )
    assert settings.listen == "0.0.0.0:2"
    assert settings.components["accounts"] == ("127.0.0.1:2",)


def test_the_settings_of_a_component_win_over_those_of_all_key_by_key(written):
    mesh = written.load(MESH)
    accounts, backbone = settings_for(mesh, "accounts"), settings_for(mesh, "backbone")
    assert (accounts.log.level, accounts.log.one_in) == ("error", 7)
    assert (backbone.log.level, backbone.log.one_in) == ("debug", 7)
    assert accounts.tracing.sample_ratio == 0.5


def test_the_environment_wins_over_the_file(written):
    environ = {
        "TRUNKLINE_LOG__LEVEL": "info",
        "TRUNKLINE_LISTEN": "0.0.0.0:9",
        "TRUNKLINE_NEEDS": '["progress"]',
        "TRUNKLINE_LIMITS__MAX_DEADLINE": "1.5",
        "HOME": "irrelevant",
    }
    settings = settings_for(written.load(MESH), "accounts", environ=environ)
    assert (settings.log.level, settings.log.one_in) == ("info", 7)
    assert settings.listen == "0.0.0.0:9"
    assert settings.needs == ("progress",)
    assert settings.limits.max_deadline == 1.5


def test_a_data_directory_from_the_environment_moves_all_that_lies_in_it(written, tmp_path):
    environ = {"TRUNKLINE_DATA_DIR": str(tmp_path / "there")}
    settings = settings_for(written.load(MESH), "accounts", environ=environ)
    assert settings.data_dir == tmp_path / "there"
    assert settings.database == f"sqlite:///{tmp_path}/there/accounts.db"
    assert settings.secret_file == tmp_path / "there" / "secrets" / "accounts"


def test_each_setting_remembers_where_it_came_from(written):
    sources = settings_for(written.load(MESH), "accounts", environ={"TRUNKLINE_LOG__LEVEL": "info"}).sources()
    assert sources["log.level"] == "environment"
    assert sources["log.one_in"] == "trunkline.yaml"
    assert sources["log.slow"] == "default"
    assert sources["database"] == "trunkline.yaml"
    assert sources["routes"] == "trunkline.yaml"
    assert sources["drain.grace"] == "default"


def test_a_process_is_told_who_it_is_by_three_variables(written):
    path = written.write(MESH)
    environ = {"TRUNKLINE_FILE": str(path), "TRUNKLINE_COMPONENT": "progress", "TRUNKLINE_INSTANCE": "1"}
    settings = load_settings(environ)
    assert (settings.component, settings.instance, settings.listen) == ("progress", 1, "127.0.0.1:4")


def test_who_is_asked_for_wins_over_who_the_environment_says(written):
    environ = {"TRUNKLINE_FILE": "other.yaml", "TRUNKLINE_COMPONENT": "journey", "TRUNKLINE_INSTANCE": "3"}
    settings = settings_for(written.load(MESH), "accounts", environ=environ)
    assert (settings.component, settings.instance, settings.file) == ("accounts", 0, written.path)


def test_without_a_file_the_environment_says_all():
    route = '{"x.Accounts": {"component": "accounts", "endpoints": ["127.0.0.1:2"]}}'
    settings = load_settings({"TRUNKLINE_COMPONENT": "me", "TRUNKLINE_ROUTES": route, "TRUNKLINE_BACKBONE": "b:1"})
    assert settings.component == "me"
    assert settings.routes["x.Accounts"].endpoints == ("127.0.0.1:2",)
    assert settings.sources()["component"] == "environment"


@pytest.mark.parametrize(
    ("component", "instance", "message"),
    [
        ("acounts", "0", "trunkline.yaml: components.acounts: no such component; did you mean 'accounts'?"),
        ("", "0", "TRUNKLINE_COMPONENT: missing; say one of backbone, accounts, progress, journey"),
        ("progress", "2", "trunkline.yaml: progress has no instance 2; it has 2"),
        ("progress", "-1", "TRUNKLINE_INSTANCE: must be a number from 0, not '-1'"),
    ],
)
def test_a_process_that_does_not_fit_the_file_is_told_in_one_line(written, component, instance, message):
    environ = {"TRUNKLINE_COMPONENT": component, "TRUNKLINE_INSTANCE": instance}
    path = written.write(MESH)
    with pytest.raises(ConfigError) as caught:
        load_settings({"TRUNKLINE_FILE": str(path), **environ})
    assert str(caught.value) == message


def test_port_0_is_for_up_alone(written):
    mesh = written.load(MESH.replace("127.0.0.1:4", "127.0.0.1:0"))
    with pytest.raises(ConfigError, match="progress has port 0, which only `up` can turn into a free one"):
        settings_for(mesh, "accounts")
