# Filled in by the test rooms.
