"""The variables that the verifier's processes are set up by."""

from __future__ import annotations

from pathlib import Path

from governorate.identity import PORTAL
from published import beside
from web.environment import Count, Environment, File, Names, Number, variable
from web.faults import SettingsError

from . import contact, security
from .settings import Settings


class Variables(Environment):
    """What the verifier takes from its environment."""

    published: Path = variable("KHATM_PUBLISHED", "folder of the published, signed files", Path("var/published"))
    root: File = variable("KHATM_ROOT", "pinned root: a root document, or a JWK", without="root.cose or root.jwk beside that folder")
    state: File = variable(
        "KHATM_STATE",
        "file that remembers the newest lists seen, against rollback; what is kept of the log lies beside it",
        without="none: as long as the process",
    )
    app: File = variable("KHATM_APP", "folder of the built phone app, offered under /app/", without="none: no app")
    map_: File = variable("KHATM_MAP", "map file (PMTiles) whose streets lie under the app's drawings", without="none: no streets")
    hosts: Names = variable(
        "KHATM_HOSTS", "hosts whose codes are ours, separated by commas", Settings.hosts, without="those of the trust list"
    )
    served_hosts: Names = variable(
        "KHATM_SERVED_HOSTS", "host names to answer to, separated by commas; others get 421", Settings.served_hosts, without="any"
    )
    trusted_proxies: Count = variable(
        "KHATM_TRUSTED_PROXIES", "how many proxies before us set X-Forwarded-For and X-Forwarded-Proto", Settings.trusted_proxies
    )
    contact_ar: str = variable(
        "KHATM_CONTACT_AR",
        "whom people report to, in Arabic; then the other three belong to it",
        "",
        without="the governorate's, else the district, without a name",
    )
    contact_en: str = variable("KHATM_CONTACT_EN", "the same name in English", "")
    contact_phone: str = variable("KHATM_CONTACT_PHONE", "a telephone to report by", "")
    contact_link: str = variable("KHATM_CONTACT_LINK", "mailto:NAME@HOST, or https:// with {reference} in it, to report by", "")
    portal: str = variable(
        "KHATM_PORTAL",
        "the citizens' portal, https://HOST: pages of notices lead there",
        "",
        without="the governorate's, else no button",
    )
    security_contact: str = variable(
        "KHATM_SECURITY_CONTACT",
        "whom to tell of a weakness, for security.txt: mailto:, https:// or tel:",
        "",
        without="none: no security.txt",
    )
    api_texts: Count = variable(
        "KHATM_API_TEXTS", "codes that one address may have judged by the API in a minute; 0: any", Settings.texts_a_minute
    )
    decoders: Count = variable(
        "KHATM_DECODERS", "processes that read pictures, of each worker process; 0: its threads read them, and texts wait", 1
    )
    api_pictures: Count = variable(
        "KHATM_API_PICTURES", "pictures that one address may have read by the API in a minute; 0: any", Settings.pictures_a_minute
    )


class ServerVariables(Environment):
    """What gunicorn takes from it."""

    bind: str = variable("KHATM_BIND", "address and port", "127.0.0.1:8000")
    workers: Number = variable("KHATM_WORKERS", "worker processes", 2)
    threads: Number = variable("KHATM_THREADS", "threads of each", 16)


def settings_of(read: Variables) -> Settings:
    """Return the settings that the variables name. Raises SettingsError for half a contact, or for what is none."""
    return Settings(
        published=read.published,
        root=read.root or beside(read.published.parent),
        app=read.app,
        map=read.map_,
        state=read.state,
        hosts=read.hosts,
        served_hosts=read.served_hosts,
        trusted_proxies=read.trusted_proxies,
        contact=_contact(read),
        portal=_portal(read),
        announced=contact.announced(),
        security_contacts=_security_contacts(read),
        texts_a_minute=read.api_texts,
        pictures_a_minute=read.api_pictures,
        decoders=read.decoders,
    )


def _portal(read: Variables) -> str:
    if read.portal and not PORTAL(read.portal):
        raise SettingsError("setting_portal", "KHATM_PORTAL")
    return read.portal


def _contact(read: Variables) -> contact.Contact | None:
    try:
        return contact.parse(ar=read.contact_ar, en=read.contact_en, phone=read.contact_phone, link=read.contact_link)
    except ValueError as error:
        raise SettingsError("setting_contact", "KHATM_CONTACT_AR, KHATM_CONTACT_EN, KHATM_CONTACT_PHONE, KHATM_CONTACT_LINK") from error


def _security_contacts(read: Variables) -> tuple[str, ...]:
    try:
        return security.contacts(read.security_contact)
    except ValueError as error:
        raise SettingsError("setting_security_contact", "KHATM_SECURITY_CONTACT") from error
