"""Who may do what: sign-in, roles per cluster, and the one function that every page, socket, task and API call asks."""
