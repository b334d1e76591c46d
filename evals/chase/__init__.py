"""Measuring CHASE's parts on labelled clips: head profiles, routers, and how much each modality contributes."""
