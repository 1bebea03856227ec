"""Join the lists of a list into one, one level deep.

Input: List<List<Any>>
Output: List<Any>
Effects: [Pure]
Tags: [collections]
Examples:
    [[1, 2], [], [3]] -> [1, 2, 3]
    [[[1], 2], [[]]] -> [[1], 2, []]
    [] -> []
    [[], []] -> []
"""


def execute(lists):
    return [item for items in lists for item in items]
