"""How much each cue speaks for each intent: the coefficients of a linear score.

Set by hand, then fitted to the scenes in `tests/scenes/intent.jsonl` with a pull back to the hand-set values, and rounded.
OPEN_ASKS was fitted to 22,700 messages of the Ubuntu IRC channel (first messages that were answered, against all others)
by logistic regression with an L1 penalty; a first message counted three times.
"""

from vigil_bot.model.decision import Intent

_Q = Intent.QUESTION
_P = Intent.PROBLEM_REPORT
_S = Intent.STATUS_REQUEST
_N = Intent.ANSWER
_W = Intent.PROMISE
_C = Intent.CONFIRMATION
_X = Intent.CLOSURE
_H = Intent.CHATTER

WEIGHTS: dict[str, dict[Intent, float]] = {
    # What is asked
    "how_to": {_Q: 2.7, _H: -0.4},
    "what": {_Q: 2.1, _P: -0.3, _H: -0.4},
    "which": {_Q: 1.9, _P: -0.3, _H: -0.4},
    "why": {_Q: 1.9, _P: 0.2, _H: -0.5},
    "is_there": {_Q: 2.1, _H: -0.4},
    "may_i": {_Q: 2, _P: -0.7},
    "is_it": {_Q: 0.9},
    "question_end": {_Q: 0.4, _S: 0.3},
    "anyone": {_Q: 1.6, _P: 0.2},
    "any_idea": {_Q: 1.2, _P: 0.8},
    "help": {_Q: 1.7, _P: 1},
    "wanted": {_Q: 2, _P: 0.3, _H: -0.5},
    "newcomer": {_Q: 0.4, _P: 0.4},
    "question_sign": {_Q: 2.3, _P: -0.2, _S: 1.1, _N: -1.3, _W: -1.5, _C: -2, _X: -2},
    # A problem
    "failure": {_P: 3.5, _C: -1, _H: -1.3},
    "trouble": {_P: 1.6, _H: -0.4},
    "still_wrong": {_P: 4.2, _N: -0.3, _W: -0.3, _C: -2, _H: -0.5},
    "wont_work": {_P: 2.2, _H: -0.3},
    "negated": {_P: 2, _C: -1.5},
    "since_change": {_Q: -0.3, _P: 1},
    "error_sign": {_Q: -0.5, _P: 1.9, _N: 0.3, _H: -0.5},
    # How it stands
    "status": {_S: 3.9},
    "did_it": {_Q: 1.2},
    "did_it_analyst": {_Q: 1.8, _C: -2},
    "did_it_requester": {_S: 1.6, _C: -1},
    # Answering
    "advice": {_Q: -0.4, _N: 2.3},
    "imperative": {_N: 1.8, _H: -0.5},
    "explanation": {_P: -0.3, _N: 1.8, _C: 0.3, _H: -0.4},
    "pointer": {_N: 1.3},
    "code": {_P: 0.3, _N: 0.9},
    "to_you_analyst": {_Q: 2.3},
    "to_you_unknown": {_Q: -0.3, _N: 1.3},
    "to_you_requester": {_Q: 0.8},
    # Promising
    "promise": {_P: 0.4, _N: -0.4, _W: 3.5, _H: -0.3},
    "due": {_W: 1.7},
    # It works
    "works": {_C: 3.5, _H: -0.4},
    "works_analyst": {_N: 2.8, _C: -1.2},
    "closing": {_N: -0.3, _X: 4.4},
    "thanks": {_P: -0.5, _N: -0.4, _C: 1.3, _H: 2},
    "thanks_after_answer": {_C: 2.3},
    "after_answer": {_C: 0.6},
    # Neither
    "greeting": {_Q: 0.2, _P: 0.1, _H: 1.2},
    "farewell": {_H: 1.7},
    "social": {_Q: -0.7, _H: 3.3},
    "notice": {_N: -0.3, _H: 2.7},
    "bot_command": {_H: 2},
    "smile": {_H: 0.5},
    # How it is said
    "not": {_Q: -0.3, _P: 1.5, _C: -0.8, _X: -0.5, _H: -0.8},
    "unsure": {_C: -0.8, _X: -0.5},
    "work_word": {_P: 0.3},
    "goes_on": {_Q: -0.3, _N: 0.6, _H: -0.5},
    "first_person": {_Q: 0.2, _P: -0.2, _N: -0.3, _H: 0.6},
    "you": {_Q: 0.1, _N: 0.3},
    "back_reference": {_Q: -0.3, _P: 0.4, _W: 0.7, _C: -0.3, _X: 0.3, _H: -0.5},
    "told": {_P: 0.4},
    "tiny": {_Q: -0.7, _P: -0.7, _N: -1.4, _H: 1.6},
    "short": {_Q: -0.7, _P: -0.4, _C: 0.3, _H: 0.3},
    "long": {_Q: 0.4, _P: 0.4, _N: 0.4},
    "very_long": {_Q: 0.6, _P: 0.8, _N: 0.4},
    "addressed": {_Q: -1.8, _P: -1.8, _N: 0.3},
    # Where it is said, and by whom
    "starts": {_Q: 0.9, _P: 1.1, _S: -0.6, _N: -2.4, _W: -1.4, _C: -2, _X: -1.5, _H: 1.3},
    "analyst_starts": {_Q: -0.6, _H: 1.1},
    "requester_reply": {_Q: -0.5, _P: 0.4, _S: 0.7, _N: -0.6, _C: 0.7, _X: 0.3, _H: -0.9},
    "analyst_reply": {_P: -1.9, _N: 1, _W: 1.6, _C: -0.8, _X: 0.8, _H: -0.8},
    "unknown_reply": {_Q: -0.3, _N: 0.3, _H: 0.3},
    "bias": {_Q: -1.5, _P: -1.5, _S: -0.8, _N: -0.6, _W: -0.2, _C: -0.4, _X: -0.6, _H: -0.5},
}

# Whether a message asks for help where nobody is known to be an analyst and nobody is known to be the requester.
OPEN_ASKS: dict[str, float] = {
    "how_to": 1.3,
    "what": 0.7,
    "which": 0.6,
    "why": 0.7,
    "is_there": 1.2,
    "may_i": 0.4,
    "is_it": 0.2,
    "anyone": 1.1,
    "any_idea": 0.4,
    "help": 0.7,
    "wanted": 0.7,
    "newcomer": 0.6,
    "question_sign": 1,
    "failure": 0.3,
    "trouble": 0.2,
    "still_wrong": 1.6,
    "wont_work": 0.5,
    "negated": 0.3,
    "since_change": 0.3,
    "advice": -0.7,
    "imperative": -0.2,
    "explanation": -0.3,
    "pointer": -0.2,
    "promise": -0.5,
    "thanks": -1.3,
    "greeting": 1.7,
    "farewell": 0.6,
    "social": -0.2,
    "notice": 0.3,
    "not": -0.2,
    "goes_on": -0.8,
    "first_person": 0.2,
    "you": -0.7,
    "back_reference": -0.4,
    "addressed": -1.7,
    "bot_command": -2.4,
    "smile": 0.2,
    "tiny": -1.3,
    "short": -0.4,
    "long": 0.4,
    "very_long": 1,
    "bias": -1.3,
}
