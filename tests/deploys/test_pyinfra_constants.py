"""What pyinfra would work out for every host and operation is worked out once."""

from pyinfra.api import Config, Inventory, State, arguments, connectors
from pyinfra.connectors import base

from deploy_scripts.fleet.pyinfra_constants import CONSTANT, remember


def test_a_second_state_works_out_no_constant_again():
    remember()
    worked_out = []
    for _ in range(3):
        State(Inventory((["a", "b"], {})), Config())
        arguments.all_global_arguments()
        worked_out.append([getattr(*place).cache_info().misses for place in CONSTANT])

    assert worked_out[0] == worked_out[1] == worked_out[2]
    assert all(misses >= 1 for misses in worked_out[0])


def test_it_remembers_once_however_often_it_is_asked():
    remember()
    kept = (connectors.entry_points, arguments.get_type_hints, base.get_type_hints)

    remember()

    assert kept == (connectors.entry_points, arguments.get_type_hints, base.get_type_hints)
