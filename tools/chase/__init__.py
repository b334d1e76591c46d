"""CHASE's policy: which heads to steer, how strongly, toward what, and when. Knows no torch and no model.

Each part is imported from its own module: `gate`, `heads`, `profiles`, `plan`, `features`, `router`, `vcc`.
"""
