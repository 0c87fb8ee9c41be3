"""How the dashboard model is made and judged; never imported by what runs."""
