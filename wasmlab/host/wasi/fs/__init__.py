"""File systems that guests see: in memory, over a host directory, or the host directory itself."""
