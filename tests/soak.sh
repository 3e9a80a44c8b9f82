# shellcheck shell=bash
# The long forms, read by run.sh: a hundred thousand simulated lives.
sweep() { make sim SEEDS=100000 && echo '1 passed, 0 failed'; }
part sweep-100000 sweep
