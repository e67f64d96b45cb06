from pathlib import Path
S=Path("systemd")
COMMON="--register ${REGISTER} --published /var/lib/khatm/published --log-store /var/lib/khatm/log-store"
OTHERS=("publisher","worker","enforcer","web")
def check(me): return "ExecStartPre=/opt/khatm/bin/khatm keys check %s --keys /etc/khatm/keys/%s %s"%(me,me," ".join(f"--other /etc/khatm/keys/{o}" for o in OTHERS if o!=me))
def unit(name, about, body, *, user=None, after="network-online.target", wants="network-online.target", kind="simple", install="khatm.target", umask="0077", restart=True, env=True, extra_unit=""):
    lines=["[Unit]",f"Description=Khatm: {about}","Documentation=file:///usr/share/doc/khatm/README.md",f"After={after}"]
    if wants: lines.append(f"Wants={wants}")
    if install: lines.append(f"PartOf={install}")
    if extra_unit: lines.append(extra_unit)
    lines+=["","[Service]"]
    if kind!="simple": lines.append(f"Type={kind}")
    lines.append(f"User={user or name}")
    if env: lines.append("EnvironmentFile=/etc/khatm/khatm.conf")
    lines+=body
    lines.append(f"UMask={umask}")
    if restart: lines+=["Restart=on-failure","RestartSec=5","# 2, 3: a wrong setting, a database of another version: starting again would not help, see the journal","RestartPreventExitStatus=2 3"]
    if install and kind!="oneshot": lines+=["","[Install]",f"WantedBy={install}"]
    (S/f"{name}.service").write_text("\n".join(lines)+"\n")
def timer(name, about, when, delay="5min"):
    (S/f"{name}.timer").write_text(f"[Unit]\nDescription=Khatm: {about}\nPartOf=khatm.target\n\n[Timer]\nOnCalendar={when}\nRandomizedDelaySec={delay}\nPersistent=yes\n\n[Install]\nWantedBy=khatm.target\n")
def keyed(me): return f"--keys /etc/khatm/keys/{me} --passphrase-file %d/passphrase"
def cred(me): return f"LoadCredential=passphrase:/etc/khatm/passphrases/{me}"
def inacc(me): return "InaccessiblePaths="+" ".join(f"-/etc/khatm/keys/{o}" for o in OTHERS if o!=me)+" -/etc/khatm/passphrases"
def rw(*paths): return "ReadWritePaths="+" ".join(f"/var/lib/khatm/{p}" for p in paths)

unit("khatm-publisher","publishes lists and logs",[cred("publisher"),check("publisher"),
 f"ExecStart=/opt/khatm/bin/khatm publish --follow {COMMON} {keyed('publisher')} --sites /var/lib/khatm/sites $PUBLISHER_OPTIONS",rw("register","published","log-store","sites"),inacc("publisher")],umask="0027")
unit("khatm-worker","issues what is approved and paid",[cred("worker"),check("worker"),
 f"ExecStart=/opt/khatm/bin/khatm office work {COMMON} {keyed('worker')} --documents /var/lib/khatm/documents --every 10 $WORKER_OPTIONS",rw("register","documents"),inacc("worker")],umask="0007",after="network-online.target khatm-publisher.service")
unit("khatm-enforcer","seals notices, carries objections and decisions",[cred("enforcer"),check("enforcer"),
 f"ExecStart=/opt/khatm/bin/khatm office enforce {COMMON} {keyed('enforcer')} --inspections /etc/khatm/inspections.toml $ENFORCER_OPTIONS",rw("register"),inacc("enforcer")],umask="0007",extra_unit="ConditionPathExists=/etc/khatm/inspections.toml")
unit("khatm-office","portal and centre",[cred("web"),check("web"),
 f"ExecStart=/opt/khatm/bin/khatm office serve {COMMON} {keyed('web')} --receipts /etc/khatm/keys/web --documents /var/lib/khatm/documents --bind 127.0.0.1:8010 --proxies 1 $OFFICE_OPTIONS",rw("register","documents"),inacc("web")],user="khatm-web",umask="0007",kind="notify")
unit("khatm-sender","sends messages",[
 f"ExecStart=/opt/khatm/bin/khatm office send {COMMON} --keys /etc/khatm/keys/web --gateway /etc/khatm/gateway.toml $SENDER_OPTIONS",rw("register"),inacc("web")],user="khatm-web",umask="0007",extra_unit="ConditionPathExists=/etc/khatm/gateway.toml")
unit("khatm-poller","asks the payment provider",[
 f"ExecStart=/opt/khatm/bin/khatm office payments poll {COMMON} --keys /etc/khatm/keys/web --provider /etc/khatm/provider.toml --every 30",rw("register"),inacc("web")],user="khatm-web",umask="0007",extra_unit="ConditionPathExists=/etc/khatm/provider.toml")
unit("khatm-verifier","public page and API",[
 "Environment=KHATM_PUBLISHED=/var/lib/khatm/published KHATM_ROOT=/etc/khatm/root.cose KHATM_STATE=/var/lib/khatm/verifier/state.json",
 "Environment=KHATM_APP=/usr/share/khatm/app KHATM_BIND=127.0.0.1:8000 KHATM_TRUSTED_PROXIES=1",
 "ExecStart=/opt/khatm/bin/gunicorn -c python:verifier.gunicorn_conf verifier.wsgi:application",rw("verifier"),"InaccessiblePaths=-/etc/khatm/keys -/etc/khatm/passphrases -/var/lib/khatm/register -/var/lib/khatm/documents"],kind="notify",extra_unit="ConditionPathExists=/etc/khatm/root.cose")
I="--database ${INSPECTIONS} --files /var/lib/khatm/inspections/files"
iacc="InaccessiblePaths=-/etc/khatm/keys -/etc/khatm/passphrases -/var/lib/khatm/register -/var/lib/khatm/documents"
unit("khatm-inspections","takes in what inspectors' phones sign",[
 f"ExecStart=/opt/khatm/bin/khatm inspections serve {I} --published /var/lib/khatm/published --root /etc/khatm/root.cose --sites /var/lib/khatm/sites --bind 127.0.0.1:8020 --proxies 1 $INSPECTIONS_OPTIONS",rw("inspections"),iacc],kind="notify",umask="0027",extra_unit="ConditionPathExists=/var/lib/khatm/inspections/files/server-key.pem")
unit("khatm-deliver","webhooks",[f"ExecStart=/opt/khatm/bin/khatm inspections deliver {I}",rw("inspections"),iacc],user="khatm-inspections",umask="0027",extra_unit="ConditionPathExists=/var/lib/khatm/inspections/files/server-key.pem")
unit("khatm-witness","a witness of another body's logs",["LoadCredential=passphrase:/etc/khatm/passphrases/witness",
 "ExecStart=/opt/khatm/bin/khatm witness serve /var/lib/khatm/witness --passphrase-file %d/passphrase --listen 127.0.0.1:8030",rw("witness"),iacc],env=False,extra_unit="ConditionPathExists=/etc/khatm/passphrases/witness")
unit("khatm-doctor","what ends soon, lags or is wrong, as numbers for a monitor",[
 "ExecStart=/opt/khatm/bin/khatm doctor --register ${REGISTER} --keys /etc/khatm/keys/publisher --published /var/lib/khatm/published --log-store /var/lib/khatm/log-store --backups /var/backups/khatm --listen 127.0.0.1:9120",rw("register"),inacc("publisher")],user="khatm-publisher")
# by timers
unit("khatm-backup","a backup of the night",["SupplementaryGroups=khatm-register khatm-documents",
 "# It reads what is the others' own (photographs, the last checkpoint), and writes nothing but the backup",
 "AmbientCapabilities=CAP_DAC_READ_SEARCH","CapabilityBoundingSet=CAP_DAC_READ_SEARCH",
 "ExecStart=/bin/sh -ec 'exec /opt/khatm/bin/khatm backup create /var/backups/khatm/$$(date -u +%%Y-%%m-%%d).khatm --register \"$REGISTER\" --inspections \"$INSPECTIONS\" --published /var/lib/khatm/published --log-store /var/lib/khatm/log-store --documents /var/lib/khatm/documents --files /var/lib/khatm/inspections/files $BACKUP_OPTIONS'",
 "ReadWritePaths=/var/backups/khatm /var/lib/khatm/register /var/lib/khatm/inspections","InaccessiblePaths=-/etc/khatm/keys -/etc/khatm/passphrases"],kind="oneshot",restart=False)
timer("khatm-backup","a backup every night","*-*-* 02:10:00 Africa/Cairo")
unit("khatm-audit","holds every row to its act",[
 f"ExecStart=/opt/khatm/bin/khatm audit verify {COMMON} --keys /etc/khatm/keys/publisher --state /var/lib/khatm/audit/state.json",rw("register","audit"),inacc("publisher")],user="khatm-publisher",kind="oneshot",restart=False)
timer("khatm-audit","the audit of the night","*-*-* 03:10:00 Africa/Cairo")
unit("khatm-counts","tells each authority what it sealed",[cred("publisher"),
 f"ExecStart=/opt/khatm/bin/khatm audit counts {COMMON} {keyed('publisher')}",rw("register","published"),inacc("publisher")],user="khatm-publisher",kind="oneshot",restart=False,umask="0027")
timer("khatm-counts","the counts of the day before","*-*-* 06:00:00 Africa/Cairo")
P="--published /var/lib/khatm/published --root /etc/khatm/root.cose"
COND="ConditionPathExists=/var/lib/khatm/inspections/files/server-key.pem"
unit("khatm-evaluate","judges inspections again",[f"ExecStart=/opt/khatm/bin/khatm inspections evaluate {I} {P}",rw("inspections"),iacc],user="khatm-inspections",kind="oneshot",restart=False,umask="0027",extra_unit=COND)
timer("khatm-evaluate","inspections, hourly","hourly")
unit("khatm-detect","looks over many inspections at once",[f"ExecStart=/opt/khatm/bin/khatm inspections detect {I} {P} --sites /var/lib/khatm/sites",rw("inspections"),iacc],user="khatm-inspections",kind="oneshot",restart=False,umask="0027",extra_unit=COND)
timer("khatm-detect","detection, nightly","*-*-* 03:40:00 Africa/Cairo")
unit("khatm-plan","the day's lists for inspectors",[f"ExecStart=/opt/khatm/bin/khatm inspections plan {I} {P} --sites /var/lib/khatm/sites",rw("inspections"),iacc],user="khatm-inspections",kind="oneshot",restart=False,umask="0027",extra_unit=COND)
timer("khatm-plan","the day's lists, each morning","*-*-* 05:30:00 Africa/Cairo","1min")
