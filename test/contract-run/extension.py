"""Schemathesis extension of the contract run: real ids and sensible bodies in a part of the requests, our own checks, and a record of each call.

What stands in the stage file is made by stage.ts; one process runs as one identity.
"""

import json
import os
from collections import Counter
from itertools import cycle

import schemathesis
from schemathesis import GenerationMode
from schemathesis.cli import EventHandler
from schemathesis.engine import events
from schemathesis.specs.openapi.schemas import OpenApiSchema

with open(os.environ["CONTRACT_STAGE"], encoding="utf-8") as file:
    STAGE = json.load(file)
IDENTITY = STAGE["identities"][os.environ["CONTRACT_IDENTITY"]]
RECORD = open(os.environ["CONTRACT_RECORD"], "a", encoding="utf-8", buffering=1)

CODES = set(STAGE["codes"])
WORLD = IDENTITY["world"]
SHOWN = 800
# Not what the operation says: other methods, other content types.
PROBES = {"unspecified_http_method", "malformed_content_type", "unsupported_content_type"}

turns = Counter()
calls = Counter()
spares = {name: list(ids) for name, ids in WORLD["spares"].items()}
fields = {name: cycle(values) for name, values in WORLD["fields"].items()}


def operation_of(case):
    return case.operation.definition.raw["operationId"]


def is_positive(case, part=None):
    meta = case.meta
    if meta is None or scenario_of(case) in PROBES:
        return False
    if part is None:
        return meta.generation.mode is GenerationMode.POSITIVE
    component = next((info for place, info in meta.components.items() if place.container_name == part), None)
    return component is None or component.mode is GenerationMode.POSITIVE


every_case = OpenApiSchema.iter_coverage_cases


def some_cases(*args, **kwargs):
    """The coverage phase has no limit of its own and hundreds of cases for a large body: probes, and evenly some of the others."""
    cases = list(every_case(*args, **kwargs))
    probes = [case for case in cases if scenario_of(case) in PROBES]
    others = [case for case in cases if scenario_of(case) not in PROBES]
    step = max(1, len(others) / IDENTITY["coverage"])
    chosen = {int(n * step) for n in range(IDENTITY["coverage"])}
    return iter([*probes[: IDENTITY["coverage"]], *(case for n, case in enumerate(others) if n in chosen)])


OpenApiSchema.iter_coverage_cases = some_cases


def scenario_of(case):
    return getattr(case.meta.phase.data, "scenario", None)


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = operation_of(case)
    # What is done to everybody's things at once would take from the other runs what they need.
    if operation == "runBulk" and is_positive(case, "body") and isinstance(case.body, dict):
        case.body = {**case.body, "dryRun": True}
    calls[operation] += 1
    # One key for all requests of an operation, which is what is generated, would refuse nearly all of them as a key used again.
    if calls[operation] % 4 and is_positive(case, "headers"):
        drop(case, ["idempotency-key"])
    if is_positive(case):
        turn = turns[operation]
        turns[operation] += 1
        # One request in four asks for what surely exists with what surely makes sense; one in four is left as it was generated.
        if turn % 4 == 0:
            make_sensible(case, operation)
        elif turn % 4 < 3 or operation in spares:
            if turn % 4 == 1:
                drop(case, STAGE["conditions"])
            case.path_parameters = {**case.path_parameters, **ids_for(operation, case.path_parameters)}
            case.body = with_things(case.body)
        else:
            # Nobody is asked that is not on this machine.
            case.body = with_things(case.body, only=("url",))
    elif operation in spares or (is_positive(case, "path_parameters") and is_own_method(case)):
        case.path_parameters = {**case.path_parameters, **ids_for(operation, case.path_parameters)}


def is_own_method(case):
    return case.method.upper() == case.operation.method.upper()


def ids_for(operation, names):
    """Each thing that is removed, revoked or ended goes once; then the request is one for a thing that was, and never for one that others need."""
    ids = {**WORLD["ids"], **WORLD["idsOf"].get(operation, {})}
    own = spares.get(operation)
    if own:
        ids = {**ids, **(own.pop(0) if len(own) > 1 else own[0])}
    return {name: ids[name] for name in names if name in ids}


def make_sensible(case, operation):
    case.path_parameters = {**case.path_parameters, **ids_for(operation, case.path_parameters)}
    case.query = dict(WORLD["queries"].get(operation, {}))
    drop(case, STAGE["conditions"])
    body = WORLD["bodies"].get(operation)
    if body is not None:
        case.body = body
        case.media_type = "text/calendar" if isinstance(body, str) else "application/json"


def drop(case, names):
    for name in [name for name in case.headers if name.lower() in names]:
        del case.headers[name]


def with_things(value, only=None):
    if isinstance(value, dict):
        return {
            name: next(fields[name])
            if name in fields and isinstance(each, str) and (only is None or name in only)
            else with_things(each, only)
            for name, each in value.items()
        }
    return [with_things(each, only) for each in value] if isinstance(value, list) else value


def problem_of(response):
    try:
        return response.json()
    except ValueError:
        return {}


@schemathesis.hook
def after_call(context, case, response):
    code = problem_of(response).get("code") if response.status_code >= 400 else None
    if is_own_method(case):
        note({"operation": case.operation.label, "status": response.status_code, "code": code})


@schemathesis.cli.handler()
class Record(EventHandler):
    """What the checks found, and what kept the run itself from asking."""

    def handle_event(self, ctx, event):
        if isinstance(event, events.NonFatalError):
            note({"operation": event.label, "failed": "error", "what": str(event.value)[:SHOWN], "asked": ""})
        if isinstance(event, events.ScenarioFinished):
            for case_id, checks in event.recorder.checks.items():
                case = event.recorder.cases[case_id].value
                for check in checks:
                    if check.failure_info is not None:
                        self.tell(case, check)

    def tell(self, case, check):
        failure = check.failure_info.failure
        what = f"{failure.title}: {failure.message}"[:SHOWN]
        asked = f"{case.method} {case.formatted_path} {case.query!r} {case.body!r}"[:SHOWN]
        note({"operation": case.operation.label, "failed": check.name, "what": what, "asked": asked})


def note(line):
    RECORD.write(json.dumps(line) + "\n")


@schemathesis.check
def known_problem(ctx, response, case):
    """Every refusal is problem+json with a code of the contract, and says what to do now."""
    if response.status_code < 400:
        return
    media = response.headers.get("content-type", [""])[0]
    assert media.startswith("application/problem+json"), f"{response.status_code} came as {media}"
    problem = problem_of(response)
    assert problem.get("code") in CODES, f"the code is {problem.get('code')!r}"
    assert problem["status"] == response.status_code, f"status {problem['status']} in an answer {response.status_code}"
    assert problem["type"] == f"urn:calferry:problem:{problem['code']}", problem["type"]
    assert problem["detail"] and problem["next"], "no detail or no next step"


@schemathesis.check
def no_fault(ctx, response, case):
    assert response.status_code < 500, f"{response.status_code}: {response.text[:300]}"


@schemathesis.check
def only_who_may(ctx, response, case):
    """Without a key that opens it a route says 401 alone; what is another owner's is shown to nobody, whatever the request."""
    if "everywhere" in IDENTITY and case.operation.definition.raw.get("security") != [] and case.headers.get("Authorization") is None:
        code = problem_of(response).get("code")
        assert response.status_code == 401 and code == IDENTITY["everywhere"], f"{response.status_code} {code}"
    for word in IDENTITY["unseen"]:
        assert word not in response.text, f"shows {word}"
    others = set(WORLD["owned"]) & {str(value) for value in case.path_parameters.values()}
    # OPTIONS says which methods the path has, to anybody with a key.
    if IDENTITY["isStranger"] and others and is_own_method(case):
        assert response.status_code >= 400, f"{response.status_code} for what is another owner's: {others}"
