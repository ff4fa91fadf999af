"""What a job takes back before it rests."""

from model_moves import Scope
from model_scopes import UPGRADE, budget
from mutation import Mutation

CLOSING = Scope((UPGRADE,), 1, 1, formed={"a": ["h1"]}, left=budget(2, 0, 1))

CLOSING_MUTATIONS = (
    Mutation(
        "a job that fails takes back what it owes",
        "elseif not closes_first(id, 'failed', at) then",
        "else",
        "a_job_that_comes_to_rest_owes_nothing",
        CLOSING,
    ),
    Mutation(
        "a job that is cancelled takes back what it owes",
        "if closes_first(id, 'cancelled', nil, data and cjson.decode(data)) then return end",
        "",
        "a_job_that_comes_to_rest_owes_nothing",
        CLOSING,
    ),
    Mutation(
        "a retry does again what was taken back",
        "if opener ~= '' and was_closed_early(id, number(opener), closing) then",
        "if false then",
        "what_is_to_be_closed_is_open_while_it_is_worked_on",
        CLOSING,
    ),
    Mutation(
        "what was taken back is not owed any more",
        "if closing ~= '' then redis.call('HDEL', step_key(id, number(closing)), 'owed') end",
        "",
        "an_unfinished_job_comes_to_its_end",
        CLOSING,
    ),
    Mutation(
        "who owes something is due at once",
        "if number(step_get(id, owed[1], 'lease')) <= NOW then due(id, NOW) end",
        "",
        "an_unfinished_job_has_something_due",
        Scope((UPGRADE,), 1, 1, formed={"a": ["h1"]}, left=budget(1, 0, 0), waits=(None,)),
    ),
)
