"""The benchmark: `make bench`. Ours beside what else a user could pick, and beside what the two APIs leave no way around.

__main__       what is asked for, and what is left behind: a table, results.json, a chart
settings       the sizes, the latency, the pace of Bulk jobs, the scenarios
world          both APIs in a process of their own, set back before each run
race           one cell (size, setting, scenario): the contestants take turns
contestant     one run in a fresh process: seconds, peak memory
ours · rivals · floor     the contestants
tape           the calls that ours made, kept so that the floor can make the same
results        the figures, their medians and exponents        table · chart · targets     three views of them
mapping · importing       two measurements beside the race
"""
