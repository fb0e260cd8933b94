# Makes the user stazh and says who may do what: stazh reads and writes streams and reads
# all of them, nobody but administrators changes metadata, and nobody deletes. It may run
# again and again.
server=https://kurrent1:2113
call() {
	curl --silent --show-error --location-trusted --cacert /certs/ca/ca.crt \
		--user "admin:$ADMIN_PASSWORD" "$@"
}
until call --fail --output /dev/null "$server/health/live"; do sleep 2; done

status=$(call --output /dev/null --write-out '%{http_code}' "$server/users/stazh")
if [ "$status" != 200 ]; then
	call --fail --header 'Content-Type: application/json' "$server/users/" --data \
		'{"loginName":"stazh","fullName":"Stazh","groups":[],"password":"'"$STAZH_PASSWORD"'"}'
fi
# The ids are fixed, so that a repetition is known as one.
call --fail --header 'Content-Type: application/vnd.eventstore.events+json' \
	"$server/streams/%24settings" --data '[{
	"eventId": "5f0c1c3e-6d0b-4a3e-9d43-0b7f6a1e7c01", "eventType": "update-default-acl",
	"data": {
		"$userStreamAcl": {"$r": ["stazh", "$admins"], "$w": ["stazh", "$admins"],
			"$d": [], "$mr": ["stazh", "$admins"], "$mw": "$admins"},
		"$systemStreamAcl": {"$r": "$admins", "$w": "$admins", "$d": "$admins",
			"$mr": "$admins", "$mw": "$admins"}}}]'
call --fail --header 'Content-Type: application/vnd.eventstore.events+json' \
	"$server/streams/%24all/metadata" --data '[{
	"eventId": "5f0c1c3e-6d0b-4a3e-9d43-0b7f6a1e7c02", "eventType": "$metadata",
	"data": {"$acl": {"$r": ["stazh", "$admins"]}}}]'
