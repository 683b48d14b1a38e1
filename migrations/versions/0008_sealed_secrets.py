"""The mail password and the secrets of second factors are locked up with the installation's key

The key comes with the connection (crm/models/encrypted.py), from the folder that is upgraded.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from crm.models.encrypted import EncryptableJSON, EncryptedText, Secret, Undecryptable

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

PASSWORD = 'mail_password'


def settings(value):
    return sa.table('settings', sa.column('key', sa.String), sa.column('value', value))


def factors(secret):
    return sa.table('second_factors', sa.column('user_id', sa.Integer), sa.column('secret', secret))


def overwrite_what_goes():
    """Else the former texts would stand in the file's unused pages."""
    if op.get_bind().dialect.name == 'sqlite':
        op.get_bind().exec_driver_sql('PRAGMA secure_delete=ON')


def rewrite(table, key, from_, to, only=None):
    """Each secret read as one kind of column and written as the other."""
    connection = op.get_bind()
    old, new = table(from_), table(to)
    wanted = sa.select(old) if only is None else sa.select(old).where(old.c[key] == only)
    for at, secret in connection.execute(wanted).all():
        if isinstance(secret, Undecryptable):
            raise RuntimeError('a secret was locked up under another key: put the right secret_key into the folder first')
        if secret:
            changed = {list(new.c)[1]: Secret(secret)}
            connection.execute(sa.update(new).where(new.c[key] == at).values(changed))


def upgrade():
    overwrite_what_goes()
    with op.batch_alter_table('second_factors', schema=None) as batch_op:
        batch_op.alter_column('secret', existing_type=sa.String(length=64), type_=EncryptedText(), existing_nullable=False)
    rewrite(factors, 'user_id', sa.String, EncryptedText)
    rewrite(settings, 'key', sa.JSON, EncryptableJSON, PASSWORD)


def downgrade():
    rewrite(settings, 'key', EncryptableJSON, sa.JSON, PASSWORD)
    rewrite(factors, 'user_id', EncryptedText, sa.String)
    with op.batch_alter_table('second_factors', schema=None) as batch_op:
        batch_op.alter_column('secret', existing_type=EncryptedText(), type_=sa.String(length=64), existing_nullable=False)
