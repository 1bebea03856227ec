"""How large a graph may be; apart, because who reads graph files need not know graphs."""

MAX_GRAPH_BYTES = 16 << 20
