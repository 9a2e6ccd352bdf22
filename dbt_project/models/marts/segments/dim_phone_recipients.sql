-- Whom a campaign may call: persons with a phone number whose consent to it stands.
{{ recipients('phone_marketing', 'phone') }}
