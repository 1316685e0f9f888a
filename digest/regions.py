"""Regions of the world that a reader may choose: codes of countries (ISO 3166-1 alpha-2).

The United Nations' geoscheme (M49, unstats.un.org/unsd/methodology/m49), but for the Middle East,
which it spreads over Asia and Africa and which readers of security news look for by that name:
M49's Western Asia without the Caucasus and Cyprus, with Egypt and Iran. ISO leaves codes with X to
their users: XK is Kosovo, XS Somaliland.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

REGIONS: Mapping[str, frozenset[str]] = {
    name: frozenset(codes.split())
    for name, codes in {
        "africa": (
            "DZ LY MA SD TN EH IO BI KM DJ ER ET TF KE MG MW MU YT MZ RE RW SC SO SS UG TZ ZM ZW "
            "AO CM CF TD CG CD GQ GA ST BW SZ LS NA ZA BJ BF CV CI GM GH GN GW LR ML MR NE NG SH "
            "SN SL TG XS"
        ),
        "americas": (
            "AI AG AW BS BB BQ VG KY CU CW DM DO GD GP HT JM MQ MS PR BL KN LC MF VC SX TT TC VI "
            "BZ CR SV GT HN MX NI PA AR BO BV BR CL CO EC FK GF GY PY PE GS SR UY VE BM CA GL PM "
            "US"
        ),
        "asia": (
            "KZ KG TJ TM UZ CN HK MO KP JP MN KR TW BN KH ID LA MY MM PH SG TH TL VN AF BD BT IN "
            "MV NP PK LK AM AZ GE"
        ),
        "europe": (
            "BY BG CZ HU PL MD RO RU SK UA AX GG JE DK EE FO FI IS IE IM LV LT NO SJ SE GB AL AD "
            "BA HR GI GR VA IT MT ME MK PT SM RS SI ES AT BE FR DE LI LU MC NL CH CY XK"
        ),
        "middle-east": "BH IQ IL JO KW LB OM QA SA PS SY TR AE YE EG IR",
        "oceania": (
            "AU CX CC HM NZ NF FJ NC PG SB VU GU KI MH FM NR MP PW UM AS CK PF NU PN WS TK TO TV WF"
        ),
    }.items()
}


def touches(places: Collection[str], regions: Collection[str]) -> bool:
    """Whether one of `places` (country codes) lies in one of `regions`."""
    return any(not REGIONS[region].isdisjoint(places) for region in regions if region in REGIONS)
