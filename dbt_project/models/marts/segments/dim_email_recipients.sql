-- Whom a campaign may write to: persons with an e-mail address whose consent to it stands.
{{ recipients('email_marketing', 'email') }}
