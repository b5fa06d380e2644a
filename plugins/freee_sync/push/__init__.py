"""The way back, as decisions: accounts of Salesforce beside partners of freee. Pure; `push_partners.py` carries it out.

names           what counts as one company name, and what only looks alike
partner_fields  what of a partner can be written, and the form in which both sides are compared
digests         what was pushed last, and what freee held then, a few characters a field
merging         one account beside its partner: what to send, what to leave, what two people changed
matching        which account is which partner, which is new, which only a person can tell
mapping         the `push` part of mapping.yaml
"""
