"""`python -m freee_sync.link`: walks a person through the authorisation of the freee app and stores what came of it.

    no run of the DAG may be active          it would read a Connection that changes under it
    client id and secret                     from the Connection, or asked for; never from the command line
    a person opens the page and allows       the code is pasted, or caught by a listener when the callback URL is on loopback
    exchange, once                           from here on the pair exists in memory alone
    which company                            the one chosen on freee's page; asked for if freee does not say
    store: the Connection, then the pair     in this order every half of it works

The Connection's `refresh_token` is the seed from which the pair grows. With the new one stored, the old pair no longer counts and a
run could spend the new one, even if we died before the pair was stored; the other way round the pair would belong to no
Connection. Dying before the Connection is stored loses only what was just authorised: the link before it stays as it was.
"""
