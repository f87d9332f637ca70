"""The changes one can make to groups. Each module is one kind; they alone call the gateway's mutating verbs."""
